// `npm run features-page` writes docs/features.md, out of the manifests in features/. With --print it goes to standard output.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readFeatures } from '../packages/create-nix-jupyter/build/features.mjs'
import { readManifests } from '../packages/create-nix-jupyter/build/manifests.mjs'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')

if (process.argv.includes('--print')) process.stdout.write(page())
else writeFileSync(join(ROOT, 'docs/features.md'), page())

function page() {
  const features = readFeatures(join(ROOT, 'features'), readManifests(join(ROOT, 'templates')))
  return `# Features

What can be added to a project, whatever its template. This page is made from \`features/\` by \`npm run features-page\`.

\`\`\`sh
npm create nix-jupyter@latest my-lab -- --with NAME,NAME
\`\`\`

\`--with\` adds to the features that every project has (*default* in the table); \`--with none\` takes those out. What stands below is what
the README of a project with that feature says.

| feature | what it is | templates |
|---|---|---|
${features.map(({ manifest }) => row(manifest)).join('\n')}

${features.map(({ manifest: { id }, additions }) => `<a id="${id}"></a>\n\n${additions.section}`).join('\n\n')}
`
}

/** @param {import('../packages/create-nix-jupyter/src/templates/manifests.js').FeatureManifest} feature */
function row({ id, hint, default: standard, templates }) {
  return `| [\`${id}\`](#${id}) | ${hint}${standard ? ' (default)' : ''} | ${templates?.join(', ') ?? 'all'} |`
}
