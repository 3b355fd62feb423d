// The connection pool: one agent as long as the certificates stay, another when they rotate; clear words for what it cannot do.
import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { ConnectionPool } from './connections.ts';

function kubeConfig(cluster: object = {}, user: object = {}): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: 'https://127.0.0.1:1/prefix', skipTLSVerify: false, ...cluster },
    { name: 'u', ...user },
  );
  return config;
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');

describe('ConnectionPool', () => {
  it('keeps its agent while the certificates stay, and makes another when one rotates', async () => {
    for (const field of ['certData', 'keyData'] as const) {
      const user: Record<string, string> = { certData: encoded('cert'), keyData: encoded('key') };
      const config = kubeConfig({ caData: encoded('ca') }, user);
      const pool = new ConnectionPool(config);
      const first = (await pool.connection()).dispatcher;
      expect((await pool.connection()).dispatcher).toBe(first);
      (config.getCurrentUser() as unknown as Record<string, string>)[field] = encoded('rotated');
      const second = (await pool.connection()).dispatcher;
      expect(second).not.toBe(first);
      await pool.close();
      expect([first.destroyed || first.closed, second.destroyed]).toEqual([true, true]);
    }
  });

  it('takes the token that is valid now', async () => {
    const config = kubeConfig({}, { token: 'first' });
    const pool = new ConnectionPool(config);
    expect((await pool.connection()).authorization).toBe('Bearer first');
    (config.getCurrentUser() as { token?: string }).token = 'second';
    expect((await pool.connection()).authorization).toBe('Bearer second');
    await pool.close();
  });

  it('refuses a kubeconfig that it cannot honour, and says why', () => {
    expect(() => new ConnectionPool(new KubeConfig())).toThrow(/no current cluster/);
    expect(() => new ConnectionPool(kubeConfig({ proxyUrl: 'http://127.0.0.1:2' }))).toThrow(/proxy-url/);
  });
});
