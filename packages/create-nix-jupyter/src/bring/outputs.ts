import { isObject } from '../base/object.js'

/** What JupyterLab and its extensions note on a cell when it runs, or when its output is folded. */
const LEFT_BY_RUNNING = ['ExecuteTime', 'collapsed', 'execution', 'scrolled']

/**
 * A notebook without what running it has left, as git is to keep it: the bytes that `nix/features/clean-git/notebooks` makes of
 * it, which git calls once the project was entered.
 *
 * @param text the notebook
 * @returns undefined where there is nothing to take out, or it is no notebook
 */
export function withoutOutputs(text: string): string | undefined {
  const notebook: unknown = JSON.parse(text)
  if (!isObject(notebook) || !Array.isArray(notebook.cells)) return undefined
  const before = JSON.stringify(notebook)
  if (isObject(notebook.metadata)) delete notebook.metadata.widgets
  for (const cell of notebook.cells) if (isObject(cell)) cleanCell(cell)
  if (JSON.stringify(notebook) === before) return undefined
  const indent = /^ */.exec(text.split('\n')[1] ?? '')?.[0].length || 1
  return `${JSON.stringify(notebook, null, indent)}\n`
}

function cleanCell(cell: Record<string, unknown>): void {
  const metadata = isObject(cell.metadata) ? cell.metadata : {}
  const tags = Array.isArray(metadata.tags) ? metadata.tags : []
  const keeps = Boolean(metadata.keep_output) || tags.includes('keep_output')
  for (const name of LEFT_BY_RUNNING) delete metadata[name]
  if ('execution_count' in cell) cell.execution_count = null
  delete cell.prompt_number
  if (!Array.isArray(cell.outputs)) return
  if (!keeps) cell.outputs = []
  for (const output of cell.outputs as unknown[]) {
    if (isObject(output) && 'execution_count' in output) output.execution_count = null
  }
}
