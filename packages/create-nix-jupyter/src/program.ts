// What is built into dist/program.cjs: everything but the questions and the templates, which are loaded when needed.
export { runCli } from './cli.js'
export { create, isCreateError } from './index.js'
