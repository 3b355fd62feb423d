// From the signals of the operating system to the one AbortSignal that everything obeys.

/** Aborted by the first SIGTERM or SIGINT. A second one ends the process at once, for those who cannot wait. */
export function processSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort(new Error(`stopped by ${name}`));
    });
  }
  return controller.signal;
}
