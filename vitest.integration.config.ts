// Integration tests: against a real API server (control plane only), most of them through the fault proxy.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,e2e,tools}/**/*.integration.ts'],
    globalSetup: ['e2e/integration/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // Two cores, and one API server for all.
    maxWorkers: 2,
  },
});
