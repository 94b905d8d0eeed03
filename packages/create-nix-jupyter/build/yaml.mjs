import { readFileSync } from 'node:fs'

// Of js-yaml the program needs how it reads. Its published file is one module, with what writes YAML at its end, and with the tags of
// all versions of YAML: a bundler leaves out what nobody uses, but not what a call makes, which could do something else besides. Those
// that make tags and schemas do nothing.

const WRITING = '//#region src/ast/from_js.ts'
const MADE = /^var (\w+) = ((?:new Schema|define\w+Tag|\w+\.withTags)\([\s\S]*?^[\]}]\));$/gm

/**
 * The part of js-yaml that reads, as a module.
 *
 * @param {string} file where js-yaml is
 * @throws {Error} where it is no longer written as it was when this was
 */
export function yamlSource(file) {
  const [reading = '', writing] = readFileSync(file, 'utf8').split(WRITING)
  const marked = reading.replace(MADE, 'var $1 = /* @__PURE__ */ (() => $2)();')
  if (writing === undefined || marked === reading) {
    throw new Error(`${file} is written in another way than build/yaml.mjs knows: ${WRITING}, ${MADE}`)
  }
  return `${marked}\nexport { FAILSAFE_SCHEMA, load }\n`
}
