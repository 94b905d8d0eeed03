import { defineConfig } from 'vitest/config'

// One tier a run: the real programs take a few seconds each, and two servers at a time are enough for a small machine.
export default defineConfig({
  test: {
    // What holds for every tier, and what this tier promises beyond that.
    include: ['integration/*.test.ts', `integration/${process.env.TEMPLATE}/*.test.ts`],
    globalSetup: ['harness/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    sequence: { concurrent: false },
  },
})
