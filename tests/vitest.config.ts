import { defineConfig } from 'vitest/config'

// One tier a run. `npm test` runs a few tiers at once.
export default defineConfig({
  test: {
    // What holds for every tier, and what this tier promises beyond that.
    // What a feature does is tried with a tier that has little else to do.
    include: [
      'integration/{,bundle/,other-computer/}*.test.ts',
      `integration/${process.env.TEMPLATE}/*.test.ts`,
      ...(process.env.TEMPLATE === 'datasci' ? ['../features/*/tests/*.test.ts'] : []),
    ],
    globalSetup: ['support/setup.ts'],
    // For what hangs; a command that does is ended before (support/run.ts).
    testTimeout: 1_000_000,
    hookTimeout: 1_000_000,
    // One file after the other: they share a project. The tier with the most files would be at work when all others have ended,
    // and half of its time it waits; so it has two projects, and a process for each.
    maxWorkers: process.env.TEMPLATE === 'minimal' ? 2 : 1,
    // Nothing is loaded twice for that.
    isolate: false,
    sequence: { concurrent: false },
  },
})
