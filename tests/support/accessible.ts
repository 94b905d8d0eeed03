/// <reference lib="dom" />
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe-core, and a look at width and focus, find wrong with a page as it stands there. */
export async function faultsOf(page: Page): Promise<string[]> {
  // By the debugger's door: the page's own policy lets no foreign script in.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => window.axe.run())
  const faults = violations.map(({ id, nodes }) => `${id}: ${nodes.length} × ${nodes[0]?.html}`)
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  if (tooWide > 0) faults.push(`the page is ${tooWide} px wider than the window`)
  return [...faults, ...(await unseenFocus(page))].map((fault) => `${page.url()} ${fault}`)
}

/** Press Tab through the first elements of the page: each has to show that it has the focus. */
async function unseenFocus(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (let count = 0; count < 25; count++) {
    await page.keyboard.press('Tab')
    const seen = await page.evaluate(() => {
      const element = document.activeElement
      if (!element || element === document.body) return true
      // A radio that is drawn by the label's text shows the focus there.
      const drawn = element.matches('[type="radio"]') ? (element.nextElementSibling ?? element) : element
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(drawn)
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none' || element.outerHTML
    })
    if (seen !== true) faults.push(`no visible focus: ${seen}`)
  }
  return faults
}

declare global {
  interface Window {
    axe: typeof axe
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
