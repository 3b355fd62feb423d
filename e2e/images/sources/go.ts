// Static programs from Go modules of this repository, for images that need nothing but them.
import { join } from 'node:path';
import { run } from '../../cluster/process.ts';

export interface GoProgram {
  /** Folder with go.mod; its go.sum pins every dependency by content. */
  readonly module: string;
  /** Package within it, such as `./cmd/kibana`. */
  readonly package: string;
  /** Name of the file in the build context. */
  readonly output: string;
}

export async function goProgram(program: GoProgram, context: string): Promise<void> {
  const output = join(context, program.output);
  const options = ['-trimpath', '-mod=readonly', '-buildvcs=false', '-ldflags', '-s -w', '-o', output];
  await run(['go', 'build', ...options, program.package], { cwd: program.module, environment: { CGO_ENABLED: '0' } });
}
