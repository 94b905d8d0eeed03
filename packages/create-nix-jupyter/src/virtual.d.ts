// What build/ puts into the bundle.

declare const PROGRAM_VERSION: string

/** The page of the repository; empty while its address is not known. */
declare const PROGRAM_HOMEPAGE: string

declare module 'built:manifests' {
  export const manifests: readonly import('./templates/manifests.js').Manifest[]
  export const features: readonly import('./templates/manifests.js').FeatureManifest[]
}

declare module 'built:nixpkgs' {
  /** The Python packages that nixpkgs is known to have, in its spelling. */
  export const pythonPackages: readonly string[]
  /** What nixpkgs refuses: on these versions of Python, or always, for its licence. */
  export const refusedPackages: Readonly<Record<string, readonly string[] | true>>
}

declare module 'built:degit' {
  /** A repository on one of the sites that degit knows. */
  export interface Repository {
    readonly ref: string
    readonly transport: 'https' | 'ssh'
    readonly ssh: string
    readonly url: string
    readonly subdir?: string
  }
  /** Reads `owner/repo/directory#ref` and the like; what it cannot read is an error with a `code`. */
  export function parse(source: string): Repository
  /** All repositories that a source can mean: on GitLab a path does not say where the group ends. */
  export function projects(source: string, parsed: Repository): Repository[]
}
