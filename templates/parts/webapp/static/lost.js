// Says on top of a page that its server does not answer, and takes that back when it does.
const lost = document.createElement('p')
lost.role = 'alert'
lost.style.cssText =
  'position: sticky; top: 0; z-index: 1; padding: .5rem 1rem; border: 2px solid; background: var(--pico-background-color)'
lost.textContent =
  'The server of this page does not answer as it should, so nothing is saved. In a notebook, run the cell again. Otherwise "lab status", in a terminal, shows what runs.'
for (const name of ['htmx:sendError', 'htmx:responseError']) {
  addEventListener(name, () => lost.isConnected || (document.querySelector('main') ?? document.body).prepend(lost))
}
addEventListener('htmx:afterRequest', ({ detail }) => detail.successful && lost.remove())
