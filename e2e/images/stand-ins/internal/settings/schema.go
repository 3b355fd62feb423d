// The settings that each Logstash version knows. Source: "logstash.yml" (docs/reference/logstash-settings-file), the
// release notes of 9.0 and the settings that Logstash registers itself.
package settings

import (
	"os"
	"path/filepath"
	"runtime"
)

type setting struct {
	kind     kind
	fallback any
	// pipeline says that pipelines.yml may set it.
	pipeline bool
	// replacedBy is the new name of a setting that still works but is deprecated.
	replacedBy string
}

const home = "/usr/share/logstash"

func register(into map[string]setting, k kind, fallback any, names ...string) {
	for _, name := range names {
		into[name] = setting{kind: k, fallback: fallback}
	}
}

// schemaOf gives every setting that the version knows.
func schemaOf(version Version) map[string]setting {
	schema := map[string]setting{}
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "logstash"
	}
	register(schema, text, hostname, "node.name")
	register(schema, nullableText, "", "path.config", "config.string", "interactive", "monitoring.cluster_uuid", "dead_letter_queue.retain.age")
	register(schema, writableDirectory, filepath.Join(home, "data"), "path.data")
	register(schema, writableDirectory, "", "path.queue", "path.dead_letter_queue")
	register(schema, text, filepath.Join(home, "config"), "path.settings")
	register(schema, text, filepath.Join(home, "logs"), "path.logs")
	register(schema, textList, []string{}, "path.plugins")
	register(schema, boolean, false, "config.test_and_exit", "config.reload.automatic", "config.support_escapes", "config.debug",
		"pipeline.system", "pipeline.unsafe_shutdown", "pipeline.plugin_classloaders", "pipeline.separate_logs", "version", "help",
		"enable-local-plugin-development", "api.ssl.enabled", "queue.drain", "dead_letter_queue.enable")
	register(schema, boolean, true, "metric.collect", "pipeline.reloadable", "queue.checkpoint.retry", "api.enabled")
	register(schema, duration, "3s", "config.reload.interval")
	register(schema, duration, "-1", "slowlog.threshold.warn", "slowlog.threshold.info", "slowlog.threshold.debug", "slowlog.threshold.trace")
	register(schema, oneOf("none", "percent", "ampersand"), "none", "config.field_reference.escape_style")
	register(schema, text, "main", "pipeline.id")
	register(schema, positiveInteger, runtime.NumCPU(), "pipeline.workers")
	register(schema, positiveInteger, 125, "pipeline.batch.size")
	register(schema, integer, 50, "pipeline.batch.delay")
	register(schema, coercibleOneOf("auto", "true", "false"), "auto", "pipeline.ordered")
	register(schema, coercibleOneOf("disabled", "v1", "v8"), "v8", "pipeline.ecs_compatibility")
	register(schema, oneOf("fatal", "error", "warn", "debug", "info", "trace"), "info", "log.level")
	register(schema, oneOf("json", "plain"), "plain", "log.format")
	registerAPI(schema)
	registerQueue(schema)
	registerXPack(schema)
	if version.Major >= 9 {
		registerVersion9(schema, version)
	} else {
		registerVersion8(schema)
	}
	for _, name := range pipelineSettings {
		if known, ok := schema[name]; ok {
			known.pipeline = true
			schema[name] = known
		}
	}
	return schema
}

func registerAPI(schema map[string]setting) {
	register(schema, text, "127.0.0.1", "api.http.host")
	register(schema, portRange, "9600-9700", "api.http.port")
	register(schema, text, "production", "api.environment")
	register(schema, oneOf("none", "basic"), "none", "api.auth.type")
	register(schema, nullableText, "", "api.auth.basic.username", "api.auth.basic.password", "api.ssl.keystore.password")
	register(schema, oneOf("WARN", "ERROR"), "WARN", "api.auth.basic.password_policy.mode")
	register(schema, integer, 8, "api.auth.basic.password_policy.length.minimum")
	register(schema, oneOf("REQUIRED", "OPTIONAL"), "REQUIRED", "api.auth.basic.password_policy.include.upper",
		"api.auth.basic.password_policy.include.lower", "api.auth.basic.password_policy.include.digit")
	register(schema, oneOf("REQUIRED", "OPTIONAL"), "OPTIONAL", "api.auth.basic.password_policy.include.symbol")
	register(schema, existingFile, nil, "api.ssl.keystore.path")
	register(schema, textList, []string{}, "api.ssl.supported_protocols")
}

func registerQueue(schema map[string]setting) {
	register(schema, oneOf("persisted", "memory"), "memory", "queue.type")
	register(schema, bytes, "64mb", "queue.page_capacity")
	register(schema, bytes, "1024mb", "queue.max_bytes", "dead_letter_queue.max_bytes")
	register(schema, integer, 0, "queue.max_events")
	register(schema, integer, 1024, "queue.checkpoint.acks", "queue.checkpoint.writes")
	register(schema, integer, 1000, "queue.checkpoint.interval")
	register(schema, integer, 5000, "dead_letter_queue.flush_interval")
	register(schema, oneOf("drop_newer", "drop_older"), "drop_newer", "dead_letter_queue.storage_policy")
	register(schema, text, "org.logstash.secret.store.backend.JavaKeyStore", "keystore.classname")
	register(schema, text, filepath.Join(home, "config", "logstash.keystore"), "keystore.file")
}

func registerVersion8(schema map[string]setting) {
	register(schema, boolean, true, "allow_superuser")
	register(schema, boolean, false, "log.format.json.fix_duplicate_message_fields", "modules_setup")
	register(schema, oneOf("rename", "warn"), "rename", "event_api.tags.illegal")
	register(schema, nullableText, "", "cloud.id", "cloud.auth")
	register(schema, textList, []string{}, "modules", "modules.cli", "modules_list", "modules_variable_list")
	register(schema, oneOf("direct", "heap"), "direct", "pipeline.buffer.type")
	for old, renamed := range map[string]string{"http.enabled": "api.enabled", "http.host": "api.http.host", "http.port": "api.http.port", "http.environment": "api.environment"} {
		schema[old] = setting{kind: schema[renamed].kind, replacedBy: renamed}
	}
}

func registerVersion9(schema map[string]setting, version Version) {
	register(schema, boolean, false, "allow_superuser", "xpack.monitoring.allow_legacy_collection")
	register(schema, boolean, true, "log.format.json.fix_duplicate_message_fields")
	register(schema, oneOf("direct", "heap"), "heap", "pipeline.buffer.type")
	if version.Minor >= 2 {
		register(schema, oneOf("none", "speed", "balanced", "size", "disabled"), "none", "queue.compression")
	}
	if version.Minor >= 4 {
		register(schema, positiveInteger, 1000, "pipeline.batch.output_chunking.growth_threshold_factor")
		register(schema, coercibleOneOf("auto", "true", "false"), "false", "pipeline.recoverable")
		register(schema, oneOf("disabled", "minimal", "full"), "minimal", "pipeline.batch.metrics.sampling_mode")
		register(schema, integer, 1000, "dead_letter_queue.flush_check_interval")
	}
	if version.Minor >= 5 {
		register(schema, boolean, false, "ssl.reload.automatic", "otel.metrics.enabled")
		register(schema, nullableText, "", "otel.exporter.otlp.endpoint", "otel.exporter.otlp.headers", "otel.service.name", "otel.resource.attributes",
			"otel.exporter.otlp.certificate", "otel.exporter.otlp.client.key", "otel.exporter.otlp.client.certificate")
		register(schema, duration, "10s", "otel.metric.export.interval")
		register(schema, oneOf("grpc", "http"), "grpc", "otel.exporter.otlp.protocol")
	}
}

func registerXPack(schema map[string]setting) {
	for _, prefix := range []string{"xpack.monitoring.", "monitoring.", "xpack.management."} {
		connection := prefix + "elasticsearch."
		register(schema, boolean, false, prefix+"enabled", connection+"sniffing")
		register(schema, textList, []string{}, connection+"hosts", connection+"ssl.cipher_suites")
		register(schema, nullableText, "", connection+"username", connection+"password", connection+"proxy", connection+"cloud_id",
			connection+"cloud_auth", connection+"api_key", connection+"ssl.certificate_authority", connection+"ssl.ca_trusted_fingerprint",
			connection+"ssl.truststore.path", connection+"ssl.truststore.password", connection+"ssl.keystore.path",
			connection+"ssl.keystore.password", connection+"ssl.certificate", connection+"ssl.key")
		register(schema, oneOf("none", "certificate", "full"), "full", connection+"ssl.verification_mode")
		if prefix != "xpack.management." {
			register(schema, duration, "10s", prefix+"collection.interval", prefix+"collection.timeout_interval")
			register(schema, boolean, true, prefix+"collection.pipeline.details.enabled", prefix+"collection.config.enabled")
		}
	}
	register(schema, duration, "5s", "xpack.management.logstash.poll_interval")
	register(schema, textList, []string{"main"}, "xpack.management.pipeline.id")
	register(schema, text, "", "node.uuid", "xpack.geoip.downloader.endpoint")
	register(schema, duration, "24h", "xpack.geoip.downloader.poll.interval")
	register(schema, boolean, true, "xpack.geoip.downloader.enabled")
}

// pipelineSettings may be set per pipeline in pipelines.yml ("Multiple Pipelines").
var pipelineSettings = []string{
	"config.debug", "config.support_escapes", "config.string", "dead_letter_queue.enable", "dead_letter_queue.flush_interval",
	"dead_letter_queue.flush_check_interval", "dead_letter_queue.max_bytes", "dead_letter_queue.storage_policy", "dead_letter_queue.retain.age",
	"metric.collect", "pipeline.plugin_classloaders", "path.config", "path.dead_letter_queue", "path.queue", "pipeline.batch.delay",
	"pipeline.batch.output_chunking.growth_threshold_factor", "pipeline.batch.metrics.sampling_mode", "pipeline.batch.size", "pipeline.id",
	"pipeline.reloadable", "pipeline.recoverable", "pipeline.system", "pipeline.workers", "pipeline.ordered", "pipeline.ecs_compatibility",
	"queue.checkpoint.acks", "queue.checkpoint.interval", "queue.checkpoint.writes", "queue.checkpoint.retry", "queue.compression",
	"queue.drain", "queue.max_bytes", "queue.max_events", "queue.page_capacity", "queue.type",
}
