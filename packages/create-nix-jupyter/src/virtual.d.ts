// What build/ puts into the bundle.

declare const PROGRAM_VERSION: string

declare module 'built:manifests' {
  export const manifests: readonly import('./manifests.js').Manifest[]
}

declare module 'built:files' {
  type Load = () => Promise<import('./templates.js').StoredTemplate>
  export const shared: Load
  export const templates: Readonly<Record<string, Load>>
}

declare module 'built:nixpkgs' {
  /** The Python packages that nixpkgs is known to have, in its spelling. */
  export const pythonPackages: readonly string[]
}
