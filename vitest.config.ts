// Unit and property tests: pure, quick, no cluster. Integration and e2e cases have a registry of their own (e2e/cases).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'e2e/**/*.test.ts'],
    testTimeout: 30_000,
  },
});
