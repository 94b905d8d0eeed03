/** Flags for `npm pack`: `npm test` has built the program (scripts/test.mjs); a test that is run by itself builds it now. */
export const unlessBuilt = process.env.PROGRAM_IS_BUILT ? ['--ignore-scripts'] : []
