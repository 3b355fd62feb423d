/*
 * A preload for TEST machines only: reports a limit of at least 65536 open files.
 *
 * Elasticsearch refuses to start on a non-loopback address when the hard limit of open files is below 65535. Some
 * machines (nested containers, build machines) have a lower one that not even root may raise. A test cluster never
 * opens that many files, so there the honest answer only stops it from starting. docker-entrypoint.sh of the
 * Elasticsearch image preloads this library only when `ulimit -Hn` is below the bound, and says so in the log.
 * Nothing is raised: a process that really opens too many files still gets EMFILE.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <sys/resource.h>

static const rlim_t REPORTED_OPEN_FILES = 65536;

typedef int (*limit_reader)(__rlimit_resource_t, struct rlimit *);

static int read_limit(const char *symbol, __rlimit_resource_t resource, struct rlimit *limit) {
  limit_reader real = (limit_reader)dlsym(RTLD_NEXT, symbol);
  int failed = real(resource, limit);
  if (failed || resource != RLIMIT_NOFILE || limit == NULL) return failed;
  if (limit->rlim_max < REPORTED_OPEN_FILES) limit->rlim_max = REPORTED_OPEN_FILES;
  if (limit->rlim_cur < REPORTED_OPEN_FILES) limit->rlim_cur = REPORTED_OPEN_FILES;
  return 0;
}

int getrlimit(__rlimit_resource_t resource, struct rlimit *limit) { return read_limit("getrlimit", resource, limit); }

/* On 64-bit Linux the two structures are the same. */
int getrlimit64(__rlimit_resource_t resource, struct rlimit64 *limit) {
  return read_limit("getrlimit64", resource, (struct rlimit *)limit);
}
