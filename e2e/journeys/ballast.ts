// Data that does not compress, so that moving it takes a while, and the speed at which Elasticsearch may move it.
import { randomBytes } from 'node:crypto';
import type { ElasticsearchUser } from '../environment/elasticsearch.ts';

const mebibyte = 1024 ** 2;
const documentBytes = 64 * 1024;
const documentsEach = 32;

/** Writes so many MiB into each of several data streams. */
export async function writeBallast(admin: ElasticsearchUser, streams: number, mebibytesEach: number): Promise<void> {
  for (let stream = 0; stream < streams; stream += 1) {
    for (let written = 0; written < mebibytesEach * mebibyte; written += documentBytes * documentsEach) {
      const lines = Array.from({ length: documentsEach }, () => {
        // Base64 holds 6 bits in 8, and is not looked into: it costs disk, and hardly any processor time.
        const payload = randomBytes((documentBytes * 3) / 4).toString('base64');
        return `{"create":{}}\n${JSON.stringify({ '@timestamp': new Date().toISOString(), event: { original: payload } })}\n`;
      });
      const { body } = await admin.ask('POST', `/logs-ballast.${stream}-default/_bulk`, lines.join(''));
      if ((body as { errors: boolean }).errors) throw new Error('some ballast was refused');
    }
  }
  await admin.ask('POST', '/logs-ballast.*-default/_flush');
}

/** How fast a node may take part in moves of shards, as `2mb`; undefined for Elasticsearch's own choice. */
export async function limitRecovery(admin: ElasticsearchUser, speed: string | undefined): Promise<void> {
  const persistent = { 'indices.recovery.max_bytes_per_sec': speed ?? null };
  await admin.ask('PUT', '/_cluster/settings', { persistent });
}
