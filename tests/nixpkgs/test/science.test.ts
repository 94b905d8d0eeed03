import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { must } from '../../support/run.ts'
import { build } from './nix.ts'

const directory = mkdtempSync(join(tmpdir(), 'stand-in-science-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function compute(names: string[], attr: string, code: string): Promise<string> {
  const env = await build(`pkgs.${attr}.withPackages (ps: with ps; [ ${names.join(' ')} ])`)
  const variables = { HOME: directory, PATH: '' }
  return (await must(`${env}/bin/python3`, ['-c', code], { cwd: directory, env: variables })).trim()
}

test.each(['python313', 'python314'])('the libraries of a data scientist work on %s', async (attr) => {
  const names = ['numpy', 'pandas', 'polars', 'duckdb', 'matplotlib', 'seaborn', 'scikit-learn', 'scipy', 'pyarrow']
  const code = `
import duckdb, matplotlib, numpy, pandas, polars, pyarrow, scipy.linalg, seaborn
matplotlib.use("agg")
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
frame = load_iris(as_frame=True).frame
seaborn.scatterplot(frame, x=frame.columns[0], y=frame.columns[1]).figure.savefig("iris.png")
score = LogisticRegression(max_iter=500).fit(frame.iloc[:, :4], frame.target).score(frame.iloc[:, :4], frame.target)
table = pyarrow.Table.from_pandas(frame)
print(score > 0.9, duckdb.sql("select count(*) from frame").fetchone()[0], polars.from_arrow(table).height)
print(scipy.linalg.det(numpy.eye(3)))`
  expect(await compute(names, attr, code)).toBe('True 150 150\n1.0')
  expect(statSync(join(directory, 'iris.png')).size).toBeGreaterThan(10_000)
})

test('FastHTML answers', async () => {
  const code = `
from fasthtml.common import FastHTML, P
from starlette.testclient import TestClient
app = FastHTML(default_hdrs=False)
@app.get("/")
def home(): return P("hello")
print(TestClient(app).get("/").text.count("<p>hello</p>"))`
  expect(await compute(['fasthtml', 'fastlite', 'uvicorn', 'httpx'], 'python313', code)).toBe('1')
})

test('PyTorch learns on the CPU', async () => {
  const code = `
import torch
model, data = torch.nn.Linear(2, 1), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(200):
    optimizer.zero_grad()
    loss = ((model(data) - data.sum(1, keepdim=True)) ** 2).mean()
    loss.backward()
    optimizer.step()
print(loss.item() < 0.01, torch.cuda.is_available(), model(data).detach().numpy().shape)`
  expect(await compute(['torch'], 'python313', code)).toBe('True False (2, 1)')
})
