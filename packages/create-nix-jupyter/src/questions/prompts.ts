import { MultiSelectPrompt, SelectPrompt, TextPrompt } from '@clack/core'
import type { Paint } from '../base/paint.js'
import type { Choice } from '../input/options.js'
import { BAR, drawn, linesOf, type Row, type Window } from './frame.js'
import type { Answer, Conversation, Question } from './question.js'

// Built as a file of its own (build/modules.mjs), and loaded only where somebody is asked.

/** Where the questions are drawn, and until when. */
interface Place {
  readonly window: Window
  readonly paint: Paint
  readonly signal: AbortSignal
  /** What this program does with a project. */
  readonly done: 'created' | 'changed'
}

/** Begins to ask. Ctrl-C, Escape and the signal leave at any question. */
export function converse(place: Place): Conversation {
  const { window, done } = place
  let asked = false
  return {
    ask: async (question) => {
      if (!asked) window.write('┌  create-nix-jupyter\n')
      asked = true
      for (const line of question.note?.split('\n') ?? []) window.write(`${BAR}${line}\n`)
      const answer = await put(question, place)
      if (answer !== undefined) return answer
      window.write(`└  Stopped. Nothing was ${done}.\n\n`)
      return undefined
    },
    end: () => {
      if (asked) window.write('└  Done.\n\n')
    },
  }
}

/** Gives undefined where the person left. */
async function put(question: Question, place: Place): Promise<Answer | undefined> {
  const { kind, choices = [], initial } = question
  if (kind === 'several') return chooseSeveral(question, choices, place)
  if (kind === 'choice') return choose(question, choices, String(initial), place)
  if (kind === 'text') return write(question, place)
  const answer = await choose(question, YES_OR_NO, initial ? 'y' : 'n', place)
  return answer && answer === 'y'
}

/** Their values are keys, too: one of a single letter is taken as soon as it is typed. */
const YES_OR_NO: readonly Choice[] = [
  { value: 'y', label: 'Yes' },
  { value: 'n', label: 'No' },
]

async function choose({ message }: Question, choices: readonly Choice[], initial: string, place: Place) {
  const { window, paint, signal } = place
  const prompt = new SelectPrompt({
    options: [...choices],
    initialValue: initial,
    signal,
    output: window,
    render() {
      const { label = '' } = choices[this.cursor] ?? {}
      const settled = settledLines(this.state, message, label, window, paint)
      if (settled) return settled
      const body = choices.map((choice, index): Row => {
        const isHere = index === this.cursor
        return rowOf(choice, isHere ? paint.good('●') : paint.dim('○'), isHere, paint)
      })
      const foot = { mark: '└  ', under: '   ', text: '↑/↓ to choose • Enter to confirm', paint: paint.dim }
      return drawn({ head: head('◆', message, paint.bold), body, focus: this.cursor, foot }, window)
    },
  })
  prompt.on('key', (typed) => {
    const index = choices.findIndex(({ value }) => value === typed?.toLowerCase())
    if (index < 0) return
    prompt.cursor = index
    prompt.value = choices[index]?.value
    prompt.state = 'submit'
  })
  const answer = await answerOf(prompt, window)
  return typeof answer === 'string' ? answer : undefined
}

async function chooseSeveral(question: Question, choices: readonly Choice[], place: Place) {
  const { message, initial, check } = question
  const { window, paint, signal } = place
  const prompt = new MultiSelectPrompt({
    options: [...choices],
    initialValues: typeof initial === 'object' ? [...initial] : [],
    validate: (value) => check?.(value ?? []),
    signal,
    output: window,
    render() {
      const chosen = choices.filter(({ value }) => this.value?.includes(value))
      const settled = settledLines(this.state, message, namesOf(chosen), window, paint)
      if (settled) return settled
      const wrong = this.state === 'error'
      const body = choices.map((choice, index): Row => {
        const sign = chosen.includes(choice) ? paint.good('◼') : paint.dim('◻')
        return rowOf(choice, sign, index === this.cursor, paint)
      })
      const text = wrong ? this.error : '↑/↓ to move • Space to choose • Enter to confirm'
      const foot = { mark: '└  ', under: '   ', text, paint: wrong ? paint.bad : paint.dim }
      return drawn({ head: head(wrong ? '▲' : '◆', message, paint.bold), body, focus: this.cursor, foot }, window)
    },
  })
  const answer = await answerOf(prompt, window)
  return Array.isArray(answer) ? answer.map(String) : undefined
}

function namesOf(choices: readonly Choice[]): string {
  return choices.map(({ label }) => label).join(', ') || 'none'
}

/** A choice, with its hint: every one has it, not the one under the cursor only. */
function rowOf({ label, hint }: Choice, sign: string, isHere: boolean, paint: Paint): Row {
  const row = { mark: `${BAR}${sign} `, under: `${BAR}  `, text: hint ? `${label}: ${hint}` : label }
  return isHere ? row : { ...row, paint: paint.dim }
}

async function write({ message, initial, check }: Question, { window, paint, signal }: Place) {
  const standard = String(initial)
  const prompt = new TextPrompt({
    placeholder: standard,
    defaultValue: standard,
    validate: (value) => check?.(value?.trim() || standard),
    signal,
    output: window,
    render() {
      const settled = settledLines(this.state, message, this.value || 'none', window, paint)
      if (settled) return settled
      const typed = this.userInput ? this.userInputWithCursor : `█${paint.dim(standard)}`
      const wrong = this.state === 'error'
      const foot = wrong ? this.error : standard ? `Enter for ${standard}` : 'Enter for none'
      return drawn(
        {
          head: head(wrong ? '▲' : '◆', message, paint.bold),
          body: [{ mark: BAR, under: BAR, text: typed, keep: 'end' }],
          focus: 0,
          foot: { mark: '└  ', under: '   ', text: foot, paint: wrong ? paint.bad : paint.dim },
        },
        window,
      )
    },
  })
  const answer = await answerOf(prompt, window)
  return typeof answer === 'string' ? answer : undefined
}

type Prompt = SelectPrompt<Choice> | MultiSelectPrompt<Choice> | TextPrompt

/** What was answered, or something that is no answer. */
async function answerOf(prompt: Prompt, window: Window): Promise<unknown> {
  // clack draws what has changed since it drew last; after ^Z and fg that is above other lines, and the whole is drawn anew.
  const drawAnew = () => {
    // biome-ignore lint/complexity/useLiteralKeys: clack calls it private, and a private member is reached in no other way
    prompt['_prevFrame'] = ''
    window.emit('resize')
  }
  window.on('continue', drawAnew)
  try {
    return await prompt.prompt()
  } finally {
    window.off('continue', drawAnew)
  }
}

function head(symbol: string, text: string, paint: (text: string) => string): Row {
  return { mark: `${symbol}  `, under: BAR, text, paint }
}

/** What stays of a question: one line with its answer, or that it was left; undefined while it is open. */
function settledLines(state: string, message: string, answer: string, window: Window, paint: Paint) {
  if (state === 'cancel') return linesOf(head('■', message, paint.dim), window).join('\n')
  if (state !== 'submit') return undefined
  return linesOf({ mark: '◇  ', under: BAR, text: `${message} ${paint.dim(answer)}` }, window).join('\n')
}
