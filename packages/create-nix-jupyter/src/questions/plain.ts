import { createInterface } from 'node:readline'
import type { Answer, Conversation, Question } from './question.js'

/** Where a plain conversation is read from and written to. */
interface Streams {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  /** What this program does with a project. */
  readonly done: 'created' | 'changed'
}

/**
 * Asks in plain lines, for screen readers (`ACCESSIBLE=1`) and for terminals that cannot move the cursor: one question, one
 * line for the answer, nothing is drawn over.
 */
export function conversePlainly(signal: AbortSignal, { input, output, done }: Streams): Conversation {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const reader = lines[Symbol.asyncIterator]()
  const stopped = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined), { once: true }),
  )
  const write = (text: string) => output.write(text)
  const ask = async (question: Question) => {
    write(questionText(question))
    for (;;) {
      const line = await Promise.race([reader.next(), stopped])
      if (!line || line.done) {
        lines.close()
        write(`\nStopped. Nothing was ${done}.\n`)
        return undefined
      }
      const answer = read(question, line.value.trim())
      if ('value' in answer) return answer.value
      write(`${answer.reason}\nAgain: `)
    }
  }
  return { ask, end: () => lines.close() }
}

function questionText({ kind, note, message, choices = [], initial }: Question): string {
  const before = note ? `${note}\n` : ''
  if (kind === 'boolean') return `${before}${message} (yes or no) [${initial ? 'yes' : 'no'}]: `
  const rows = choices.map(({ value, label, hint }, index) => `  ${index + 1}  ${value}: ${hint ?? label}\n`)
  const how = kind === 'several' ? 'Numbers or names with commas between them, or none' : 'Number or name'
  const standard = initial === '' ? '' : ` [${typeof initial === 'object' ? initial.join(', ') || NONE : initial}]`
  return `${before}${message}${rows.length > 0 ? `\n${rows.join('')}${how}` : ''}${standard}: `
}

type Read = { readonly value: Answer } | { readonly reason: string }

/** What a person writes for no choice at all. */
const NONE = 'none'

function read({ kind, choices = [], initial, check }: Question, typed: string): Read {
  if (!typed && kind !== 'text') return { value: initial }
  if (kind === 'boolean') {
    const yes = /^y(es)?$/i.test(typed)
    return yes || /^no?$/i.test(typed) ? { value: yes } : { reason: 'Please write yes or no.' }
  }
  const named = (word: string) => choices.find(({ value }, index) => value === word || String(index + 1) === word)
  if (kind === 'several') {
    const words = typed === NONE ? [] : typed.split(/[,\s]+/).filter(Boolean)
    const value = words.flatMap((word) => named(word)?.value ?? [])
    const reason = value.length < words.length ? `Please write numbers from 1 to ${choices.length}.` : check?.(value)
    return reason ? { reason } : { value }
  }
  if (choices.length > 0) {
    const found = named(typed)
    return found ? { value: found.value } : { reason: `Please write a number from 1 to ${choices.length}.` }
  }
  const value = typed || String(initial)
  const reason = check?.(value)
  return reason ? { reason } : { value }
}
