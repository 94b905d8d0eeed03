/** How the program was called: each package manager writes the same command in its own way. */
export type Manager = 'npm' | 'npx' | 'pnpm' | 'yarn' | 'bun' | 'deno'

/** Reads the package manager from what it says of itself; npm where nothing is said. */
export function managerOf(env: Readonly<Record<string, string | undefined>>): Manager {
  const name = /^(npm|pnpm|yarn|bun|deno)\//.exec(env.npm_config_user_agent ?? '')?.[1] as Manager | undefined
  return (name ?? 'npm') === 'npm' && env.npm_command === 'exec' ? 'npx' : (name ?? 'npm')
}

/** The words that start this program, in front of its own: `npm create` alone needs a `--` before the options. */
export function callOf(manager: Manager, version: string): { readonly start: string; readonly dashes: boolean } {
  const starts: Record<Manager, string> = {
    npm: `npm create nix-jupyter@${version}`,
    npx: `npx create-nix-jupyter@${version}`,
    pnpm: `pnpm create nix-jupyter@${version}`,
    yarn: `yarn create nix-jupyter@${version}`,
    bun: `bun create nix-jupyter@${version}`,
    deno: `deno run -A npm:create-nix-jupyter@${version}`,
  }
  return { start: starts[manager], dashes: manager === 'npm' }
}
