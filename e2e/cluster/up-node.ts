// The steps of `up` that make a node on which pods run: namespaces, containerd, kubelet, kube-proxy and CoreDNS.
import { ensureCgroup } from './cgroups.ts';
import { goProgramImage, importImage } from './images.ts';
import { kubectl } from './kubectl.ts';
import { dnsServiceAddress } from './layout.ts';
import { ensureNamespaces, networkPrefix, nodePrefix } from './namespaces.ts';
import {
  containerdProgram,
  coreDnsProgram,
  coreDnsRole,
  defaultLogRotation,
  kubeletProgram,
  nodeName,
  pauseImage,
  proxyProgram,
  writeNodeFiles,
} from './node-programs.ts';
import { ensureRunning, run, untilReady } from './process.ts';
import type { Step } from './steps.ts';
import type { UpContext } from './up-context.ts';

export function writeNodeFilesStep({ layout, options }: UpContext): Step {
  return { title: 'node configuration', run: () => writeNodeFiles(layout, options.logRotation ?? defaultLogRotation) };
}

export function namespacesStep({ layout }: UpContext): Step {
  return {
    title: 'network and mount namespaces',
    async run() {
      await ensureNamespaces(layout);
      await ensureCgroup(layout.name);
    },
  };
}

export function nodeSteps(context: UpContext): Step[] {
  return [containerdStep(context), kubeletStep(context), proxyStep(context), dnsStep(context)];
}

function containerdStep({ layout, options }: UpContext): Step {
  const program = containerdProgram(layout);
  return {
    title: 'containerd and the pause image',
    logFile: program.logFile,
    async run() {
      const archive = await goProgramImage('pause');
      const prefix = await nodePrefix(layout);
      const running = await ensureRunning(layout.directory, program, prefix);
      const question = [...prefix, 'ctr', 'version'];
      await untilReady({ what: 'containerd answers', program: running, signal: options.signal }, async () =>
        run(question).then(() => true),
      );
      await importImage(layout, archive, pauseImage);
    },
  };
}

function kubeletStep(context: UpContext): Step {
  const { layout, options } = context;
  const program = (): ReturnType<typeof kubeletProgram> => kubeletProgram(layout, context.binaries);
  return {
    title: 'kubelet',
    logFile: program().logFile,
    async run() {
      const running = await ensureRunning(layout.directory, program(), await nodePrefix(layout));
      const what = 'the kubelet registers its node';
      await untilReady({ what, program: running, signal: options.signal }, async () => {
        await kubectl(layout, ['get', 'node', nodeName]);
        return true;
      });
    },
  };
}

function proxyStep(context: UpContext): Step {
  const { layout, options } = context;
  const program = (): ReturnType<typeof proxyProgram> => proxyProgram(layout, context.binaries);
  return {
    title: 'kube-proxy',
    logFile: program().logFile,
    async run() {
      const prefix = await nodePrefix(layout);
      const running = await ensureRunning(layout.directory, program(), prefix);
      const question = [...prefix, 'iptables', '--table', 'nat', '--list', 'KUBE-SERVICES'];
      await untilReady({ what: 'kube-proxy writes its rules', program: running, signal: options.signal }, async () =>
        (await run(question)).includes('default/kubernetes'),
      );
    },
  };
}

function dnsStep(context: UpContext): Step {
  const { layout, options } = context;
  const program = (): ReturnType<typeof coreDnsProgram> => coreDnsProgram(layout, context.binaries);
  return {
    title: 'CoreDNS',
    logFile: program().logFile,
    async run() {
      const manifest = coreDnsRole.map((object) => JSON.stringify(object)).join('\n---\n');
      await kubectl(layout, ['apply', '--server-side', '--filename', '-'], manifest);
      const prefix = await networkPrefix(layout);
      const running = await ensureRunning(layout.directory, program(), prefix);
      const lookUp = `new (require('node:dns').promises.Resolver)({ timeout: 500, tries: 1 })`;
      const script = `const resolver = ${lookUp}; resolver.setServers(['${dnsServiceAddress}']);
        resolver.resolve4('kubernetes.default.svc.cluster.local').catch(() => process.exit(1))`;
      const question = [...prefix, process.execPath, '--eval', script];
      await untilReady({ what: 'CoreDNS resolves a service', program: running, signal: options.signal }, async () =>
        run(question).then(() => true),
      );
    },
  };
}
