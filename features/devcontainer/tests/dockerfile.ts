// Reads a Dockerfile, as far as ours goes: what is not known here is an error and not a guess.

export type Stage = { name: string; from: string; steps: Step[] }
export type Step =
  | { does: 'run'; command: string }
  | { does: 'copy'; image: string | undefined; owner: string; from: string; to: string }
  | { does: 'user'; value: string }
  | { does: 'workdir'; value: string }
  | { does: 'entrypoint'; command: string[] }

/**
 * The stages of a Dockerfile, in their order.
 *
 * @throws Error where it has an instruction, or a form of one, that our container does not need
 */
export function readDockerfile(text: string): Stage[] {
  const stages: Stage[] = []
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
  for (const line of lines.filter((each) => each.trim() !== '')) {
    const from = line.match(/^FROM (\S+) AS (\S+)$/)
    const stage = stages.at(-1)
    if (from) stages.push({ from: from[1] ?? '', name: from[2] ?? '', steps: [] })
    else if (stage) stage.steps.push(readStep(line))
    else throw new Error(`in front of the first FROM: ${line}`)
  }
  return stages
}

function readStep(line: string): Step {
  const [, instruction, rest = ''] = line.match(/^([A-Z]+) (.*)$/) ?? []
  const copied = rest.match(/^(?:--from=(\S+) )?--chown=(\d+:\d+) (\S+) (\S+)$/)
  if (instruction === 'RUN') return { does: 'run', command: rest }
  if (instruction === 'USER') return { does: 'user', value: rest }
  if (instruction === 'WORKDIR') return { does: 'workdir', value: rest }
  if (instruction === 'ENTRYPOINT') return { does: 'entrypoint', command: JSON.parse(rest) as string[] }
  if (instruction === 'COPY' && copied) {
    const [, image, owner = '', from = '', to = ''] = copied
    return { does: 'copy', image, owner, from, to }
  }
  throw new Error(`not known: ${line}`)
}
