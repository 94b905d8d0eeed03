import { Failure } from '../base/errors.js'
import { shellQuote } from '../base/shell.js'
import { visible } from '../base/visible.js'
import type { Foreign } from '../templates/remote/foreign.js'
import type { Ask } from './question.js'

/**
 * Files that do something without being opened by hand: Nix, direnv, editors, forges and tools read them, `./start` runs them.
 * The list helps a reader to know where to look first, and decides nothing: whatever it does not name can run code, too.
 */
const ACTING =
  /(^|\/)(flake\.nix|shell\.nix|default\.nix|\.envrc|start|stop|lab|server\.py|conftest\.py|makefile|justfile|dockerfile|package\.json|pyproject\.toml|setup\.py|\.?mise\.toml|\.tool-versions|\.gitattributes|\.pre-commit-config\.yaml|[^/]+\.(ipynb|code-workspace|pth|sh))$|(^|\/)(\.vscode|\.idea|\.devcontainer|\.github|\.gitlab|\.forgejo|\.claude|\.cursor|\.mise|\.config|\.ipython|\.jupyter|\.husky|nix)\//i

const MAX_NAMES = 30

/**
 * Says what a remote template holds, and asks whether it is trusted as a whole; without a terminal only `--trust` will
 * do.
 *
 * @throws {Failure} where it is not trusted
 */
export async function askForTrust(
  foreign: Foreign,
  trust: boolean,
  ask?: Ask,
  done: 'created' | 'changed' = 'created',
): Promise<void> {
  if (trust) return
  const what = visible(describe(foreign))
  if (!ask) {
    throw new Failure(
      'usage',
      `${what}\nIt can run code on this computer, and there is no terminal to ask whether you trust it.`,
      {
        missing: ['--trust'],
        next: [...lookAt(foreign), 'Next: look at it, then add --trust.'],
      },
    )
  }
  const note = [what, ...lookAt(foreign)].join('\n')
  const message = 'A template can run any code on this computer, now or later. Use it?'
  if ((await ask({ kind: 'boolean', note, message, initial: false })) !== true) {
    throw new Failure('failed', `The template was not trusted. Nothing was ${done}.`)
  }
}

function describe({ id, files }: Foreign): string {
  const acting = files.map(({ path }) => path).filter((path) => ACTING.test(path))
  const others = files.map(({ path }) => path).filter((path) => !ACTING.test(path))
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0)
  return [
    `The template ${id} has ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${Math.ceil(bytes / 1000)} kB.`,
    `These act by themselves: ${some(acting)}`,
    ...(others.length > 0 ? [`The others: ${some(others)}`] : []),
  ].join('\n')
}

function some(names: readonly string[]): string {
  const more = names.length - MAX_NAMES
  return names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** How a file is read before it is anywhere: one in the cache lies in a bare repository. */
function lookAt({ repository, commit, directory }: Foreign): string[] {
  if (!commit) return []
  return [
    'To read one of them:',
    `git --git-dir=${shellQuote(repository)} show ${shellQuote(`${commit}:${directory}flake.nix`)}`,
  ]
}
