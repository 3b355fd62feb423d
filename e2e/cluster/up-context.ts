// What `up` is asked for, and what its steps share.
import type { Layout } from './layout.ts';
import type { LogRotation } from './node-programs.ts';
import type { ClusterState } from './state.ts';

export interface UpOptions extends Omit<ClusterState, 'logRotation'> {
  readonly name: string;
  /** How the kubelet rotates container logs; default 1Mi, 10 files. */
  readonly logRotation?: LogRotation;
  readonly signal?: AbortSignal;
}

/** What one `up` works with; the first step that needs the programs fills in where they are. */
export interface UpContext {
  readonly layout: Layout;
  readonly options: UpOptions;
  binaries: string;
}
