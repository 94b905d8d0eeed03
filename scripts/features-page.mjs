// `npm run features-page` writes docs/features.md, out of the manifests in features/ and of what `npm run bench:features` has
// measured. With --print it goes to standard output.
import { readFileSync, writeFileSync } from 'node:fs'
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

${costs()}

${features.map(({ manifest: { id }, additions }) => `<a id="${id}"></a>\n\n${additions.section.replaceAll('<%- it.slug %>', 'my-lab')}`).join('\n\n')}
`
}

/** @param {import('../packages/create-nix-jupyter/src/templates/manifests.js').FeatureManifest} feature */
function row({ id, hint, default: standard, templates }) {
  return `| [\`${id}\`](#${id}) | ${hint}${standard ? ' (default)' : ''} | ${templates?.join(', ') ?? 'all'} |`
}

/** What each costs at the start, where JupyterLab loads something of it. */
function costs() {
  const { date, machine, rounds, milliseconds, overWithout } = JSON.parse(
    readFileSync(join(ROOT, 'bench/results/features.json'), 'utf8'),
  )
  const seconds = (id) => `${(milliseconds[id].median / 1000).toFixed(1)} s`
  const times = ({ median, low, high }) => `${median.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)}) ×`
  const rows = Object.entries(overWithout).map(([id, ratio]) => `| \`${id}\` | ${seconds(id)} | ${times(ratio)} |`)
  return `Packages that JupyterLab loads take time at each \`./start\`. Measured on ${date} by \`npm run bench:features\` with the template \`uv\`, in turns,
${rounds} rounds, ${machine.processor}, ${machine.cores} cores, load before it began ${machine.loadBefore}; medians, with the quartiles in brackets:

| feature | \`./start\` | over a project without |
|---|---:|---:|
| none | ${seconds('without')} | |
${rows.join('\n')}`
}
