/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** What a feature adds to files that the project has anyway: the rest of its `feature.json`, its README and its AGENTS.md. */
export interface Additions {
  /** Python packages, as PyPI names them; some with a limit, such as `jupyterhub<6`. */
  readonly python: readonly string[]
  /** Programs for notebooks and terminals: attributes of nixpkgs. */
  readonly tools: readonly string[]
  /** By name, the options that each has in `services` of flake.nix. */
  readonly services: Readonly<Record<string, Readonly<Record<string, string | boolean>>>>
  /** Lines of .gitattributes. */
  readonly attributes: readonly string[]
  /** What is merged into JSON files of the project, by their paths. */
  readonly settings: Readonly<Record<string, Json>>
  /** A section of README.md; empty where there is nothing to say. */
  readonly section: string
  /** Lines of AGENTS.md; empty where there is nothing to say. */
  readonly agents: string
}
