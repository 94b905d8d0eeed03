// What dist/program.cjs gives to whoever loads it. What is in which other file stands in build/modules.mjs.
export { runCli } from './cli.js'
export { create, isCreateError } from './index.js'
