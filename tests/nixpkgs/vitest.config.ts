import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

// Proves that the stand-in behaves as nixpkgs does, and refuses what nixpkgs refuses.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['test/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    maxWorkers: Math.max(2, availableParallelism() - 1),
    allowOnly: false,
    // Files that run in one process need not load everything again.
    isolate: false,
    reporters: ['default', ['json', { outputFile: resolve(import.meta.dirname, '../../.reports/nixpkgs.json') }]],
  },
})
