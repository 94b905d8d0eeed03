/// <reference lib="dom" />
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** Whatever this page shows from now on can be judged. By the debugger's door: its own policy lets no foreign script in. */
export async function judge(page: Page): Promise<void> {
  await page.addInitScript(axe.source)
}

/** The rules of axe-core whose answer depends on the colours of a page. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block']

/**
 * What axe-core, and a look at width and focus, find wrong with a page as it stands there.
 * @param options.onlyColours whether all else was judged in other colours
 */
export async function faultsOf(page: Page, { onlyColours = false } = {}): Promise<string[]> {
  const rules = onlyColours ? OF_COLOURS : undefined
  const faults = await page.evaluate(async (rules) => {
    // What is right is not told: there is much of it.
    const { violations } = await window.axe.run({ resultTypes: ['violations'], ...(rules ? { runOnly: rules } : {}) })
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.length} × ${nodes[0]?.html}`)
    const tooWide = document.documentElement.scrollWidth - window.innerWidth
    return tooWide > 0 ? [...found, `the page is ${tooWide} px wider than the window`] : found
  }, rules)
  if (!onlyColours) faults.push(...(await unseenFocus(page)))
  return faults.map((fault) => `${page.url()} ${fault}`)
}

/** Press Tab through the first elements of the page, once around: each has to show that it has the focus. */
async function unseenFocus(page: Page): Promise<string[]> {
  const faults: string[] = []
  await page.evaluate(() => {
    window.visited = new Set()
  })
  for (let count = 0; count < 25; count++) {
    await page.keyboard.press('Tab')
    const seen = await page.evaluate(() => {
      const element = document.activeElement
      if (!element || element === document.body) return true
      if (window.visited.has(element)) return 'around'
      window.visited.add(element)
      // A radio that is drawn by the label's text shows the focus there.
      const drawn = element.matches('[type="radio"]') ? (element.nextElementSibling ?? element) : element
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(drawn)
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none' || element.outerHTML
    })
    if (seen === 'around') break
    if (seen !== true) faults.push(`no visible focus: ${seen}`)
  }
  return faults
}

declare global {
  interface Window {
    axe: typeof axe
    visited: Set<Element>
  }
}

/** The links of a page that stay on its server, each place once: the first of those that differ in the query alone. */
export function linksOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const links = [...document.querySelectorAll('a')].map((link) => {
      // A link in SVG has an object for its address.
      const { href } = link as unknown as { href: string | SVGAnimatedString }
      return new URL(typeof href === 'string' ? href : href.baseVal, location.href)
    })
    const ours = links.filter(({ origin, hash }) => origin === location.origin && !hash)
    return [...new Map(ours.map((url) => [url.pathname + (url.search ? '?' : ''), url.href])).values()]
  })
}
