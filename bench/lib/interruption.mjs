/**
 * Ctrl-C and SIGTERM leave nothing behind either.
 * @param {() => unknown} remove
 */
export function onInterruption(remove) {
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])) {
    process.once(signal, async () => {
      await remove()
      process.exit(code)
    })
  }
}
