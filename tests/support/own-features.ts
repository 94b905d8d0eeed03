// Features of the test's own: one that adds everything, one that needs it, one that excludes it, one that hides files from git, and one beside it.

const feature = (manifest: object, files: Record<string, string> = {}) => ({
  'feature.json': JSON.stringify({ title: 'Title', hint: 'hint', ...manifest }),
  ...files,
})

export const OWN_FEATURES = {
  rich: feature(
    {
      id: 'rich',
      order: 1,
      python: ['cowsay<7', 'numpy<3'],
      tools: ['git-lfs'],
      services: { model: { command: 'serve' } },
      attributes: ['*.rich binary'],
      settings: { 'jupyter/jupyter_lab_config.json': { LabApp: { news: false } } },
    },
    { 'README.md': '## Riches\n\nAll of them.\n', 'files/rich/deep/one.txt': 'one\n' },
  ),
  leaning: feature({ id: 'leaning', order: 2, needs: ['rich'] }),
  picky: feature({ id: 'picky', order: 3, excludes: ['rich'] }),
  secretive: feature(
    { id: 'secretive', order: 5 },
    { 'files/secret/.gitignore': '/deep/\n/other.txt\n', 'files/secret/values.txt': 'values\n' },
  ),
  other: feature(
    {
      id: 'other',
      order: 4,
      tools: ['ripgrep'],
      services: { other: { command: 'other' } },
      attributes: ['*.o binary'],
    },
    { 'README.md': '## Other\n\nThings.\n', 'files/other/two.txt': 'two\n' },
  ),
}
