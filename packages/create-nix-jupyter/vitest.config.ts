import { availableParallelism } from 'node:os'
import path from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: '../../tests/support/setup.ts',
    // For what hangs: other suites run beside this one (scripts/test.mjs).
    testTimeout: 1_000_000,
    hookTimeout: 1_000_000,
    // A screen is drawn in parts.
    expect: { poll: { timeout: 180_000 } },
    // Many tests wait, for a terminal or a process that ends: both cores of a small machine have something to do.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // A process has many files, and loads what they have in common once.
    isolate: false,
    allowOnly: false,
    reporters: ['default', ['json', { outputFile: path.resolve(import.meta.dirname, '.reports/tests.json') }]],
  },
})
