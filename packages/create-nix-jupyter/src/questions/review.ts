import type { AnswerOption } from '../input/options.js'
import type { Answers } from './answers.js'
import type { Question } from './question.js'

const CREATE = 'create'

/** What was answered, before anything is written, and the way back to each question that was asked. */
export function reviewQuestion(answers: Partial<Answers>, asked: readonly AnswerOption[]): Question {
  const { target, template, python, packages, features, git, from } = answers
  const facts = [
    template?.title,
    `Python ${python}`,
    ...(packages?.length ? [packages.join(', ')] : []),
    ...(from ? [`what ${from.typed} has`] : []),
    ...(features?.length ? [features.join(', ')] : []),
    git ? 'git' : 'no git',
  ]
  return {
    kind: 'choice',
    message: `Create ${target?.typed}? (${facts.join('; ')})`,
    choices: [
      { value: CREATE, label: 'Create the project' },
      ...asked.map(({ name, question }) => ({ value: name, label: `Go back to: ${question}` })),
    ],
    initial: CREATE,
  }
}
