import { defineConfig } from 'vitest/config'

// One tier a run, and one file after the other: they share a project. `npm test` runs a few tiers at once.
export default defineConfig({
  test: {
    // What holds for every tier, and what this tier promises beyond that.
    // What a feature does is tried with a tier that has little else to do.
    include: [
      'integration/*.test.ts',
      `integration/${process.env.TEMPLATE}/*.test.ts`,
      ...(process.env.TEMPLATE === 'datasci' ? ['../features/*/tests/*.test.ts'] : []),
    ],
    globalSetup: ['support/setup.ts'],
    // For what hangs; a command that does is ended before (support/run.ts).
    testTimeout: 1_000_000,
    hookTimeout: 1_000_000,
    fileParallelism: false,
    // Nor does one process for all of them load anything twice.
    isolate: false,
    sequence: { concurrent: false },
  },
})
