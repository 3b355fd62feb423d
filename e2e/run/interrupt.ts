// Turns the first interrupt from the terminal into an aborted signal, so that a run can clean up before it ends.
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      controller.abort(new Error(`interrupted by ${name}`));
    });
  }
  return controller.signal;
}
