import { isObject, isText, parseText } from './manifest-files.mjs'

// What a feature tells `lab`, in files that are read in a project: what is wrong there would be a traceback for users.

/** @typedef {(value: unknown, files: readonly string[]) => string[]} Judge */

const NAME = /^[a-z][a-z0-9-]*$/
const NO_OBJECT = 'it must be an object, in { and }'
const NAMES = 'a name is made of a to z, 0 to 9 and -, and begins with a letter'

/** By the name of the file in nix/features/<id>, what is wrong with its value. @type {ReadonlyMap<string, Judge>} */
const JUDGES = new Map([
  ['doctor.json', questionProblems],
  ['commands.json', commandProblems],
])

/**
 * What is wrong with a file, where it is one of those; nothing where it is another.
 *
 * @param {string} id of the feature
 * @param {string} file its path in a project
 * @param {string} source where it stands in the repository, for the message
 * @param {string} text
 * @param {readonly string[]} files the paths that the feature gives a project
 */
export function problemsForLab(id, file, source, text, files) {
  const own = `nix/features/${id}/`
  const judge = JUDGES.get(file.startsWith(own) ? file.slice(own.length) : '')
  if (!judge) return []
  try {
    const beside = files.filter((other) => other.startsWith(own)).map((other) => other.slice(own.length))
    return judge(parseText(source, text), beside).map((problem) => `${source}: ${problem}`)
  } catch (error) {
    return [/** @type {Error} */ (error).message]
  }
}

/** @type {Judge} */
function questionProblems(questions) {
  if (!Array.isArray(questions)) return ['it must be a list of questions']
  return questions.flatMap((question, index) => {
    if (!isObject(question)) return [`question ${index + 1}: ${NO_OBJECT}`]
    const { when, test, good, problem, fix, ...unknown } = question
    return [
      ...(when === undefined || isCommand(when) ? [] : ['"when" must be a command: a list of words']),
      ...(isCommand(test) ? [] : ['"test" must be a command: a list of words']),
      ...Object.entries({ good, problem, fix }).flatMap(([key, text]) =>
        isText(text) ? [] : [`"${key}" must be a text`],
      ),
      ...Object.keys(unknown).map((key) => `"${key}" is not known`),
    ].map((wrong) => `question ${index + 1}: ${wrong}`)
  })
}

/** @type {Judge} */
function commandProblems(commands, files) {
  if (!isObject(commands)) return ['it must be an object: its keys are names of commands']
  return Object.entries(commands).flatMap(([name, command]) => {
    if (!isObject(command)) return [`${name}: ${NO_OBJECT}`]
    const { usage, summary, directory, ...unknown } = command
    return [
      ...(NAME.test(name) ? [] : [NAMES]),
      ...(typeof usage === 'string' ? [] : ['"usage" must be a text, which may be empty']),
      ...(isText(summary) ? [] : ['"summary" must be a text']),
      ...(files.includes(`${directory}/__main__.py`)
        ? []
        : ['"directory" must name a directory beside it with a __main__.py']),
      ...Object.keys(unknown).map((key) => `"${key}" is not known`),
    ].map((wrong) => `${name}: ${wrong}`)
  })
}

/**
 * What is wrong with the services of a manifest: what nix/services.nix would refuse in the hands of a user.
 *
 * @param {unknown} [services] @returns {string[]}
 */
export function serviceProblems(services = {}) {
  if (!isObject(services)) return ['"services" must be an object: its keys are names of services']
  return Object.entries(services).flatMap(([name, options]) => {
    if (!isObject(options)) return [`"services", ${name}: ${NO_OBJECT}`]
    const { command, health = '/', open = true, ...unknown } = options
    return [
      ...(NAME.test(name) ? [] : [NAMES]),
      ...(name === 'jupyter' ? ['the name is taken by JupyterLab itself'] : []),
      ...(isText(command) ? [] : ['"command" must be a text']),
      ...(health === '' || (isText(health) && String(health).startsWith('/'))
        ? []
        : ['"health" must be a path, such as /healthz']),
      ...(typeof open === 'boolean' ? [] : ['"open" must be true or false']),
      ...Object.keys(unknown).map((key) => `"${key}" is not known`),
    ].map((wrong) => `"services", ${name}: ${wrong}`)
  })
}

/** @param {unknown} value */
function isCommand(value) {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string')
}
