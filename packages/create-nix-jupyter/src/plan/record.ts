import { hashOf } from '../base/hash.js'
import { RECORD } from '../base/own-names.js'
import type { Answers } from '../questions/answers.js'
import type { Template } from '../templates/manifests.js'
import type { ProjectFile } from '../templates/render.js'

/** Makes the record. It has no time stamp: same answers, same bytes. */
export function recordOf(answers: Answers, command: string, files: readonly ProjectFile[]): ProjectFile {
  const { target, template, python, packages, features, git } = answers
  const content = {
    generator: 'create-nix-jupyter',
    version: PROGRAM_VERSION,
    template: template.id,
    ...refOf(template),
    answers: { name: target.name, python, packages, features, git },
    command,
    executables: files.filter(({ executable }) => executable).map((file) => file.path),
    files: Object.fromEntries(files.map((file) => [file.path, hashOf(file.content)])),
  }
  const text = `${JSON.stringify(content, null, 2)}\n`
  return { path: RECORD, content: Buffer.from(text), executable: false, origin: 'generated' }
}

/** The branch or tag of a remote template, which later versions of it are looked for at. */
function refOf({ source }: Template): { ref?: string } {
  const ref = source?.kind === 'remote' ? /#(.+)$/.exec(source.address)?.[1] : undefined
  return ref ? { ref } : {}
}
