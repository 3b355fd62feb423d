// The architecture as rules: which layer may import which. tools/layers.test.ts plants a violation of each and expects it to be found.
const pure = ['no IO, clock or randomness: see docs/architecture.md'];
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'api-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^src/api/' },
      to: { path: '^(src|tools|e2e)/', pathNot: '^src/api/' },
    },
    {
      name: 'core-imports-only-api',
      comment: pure[0],
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.test(ing)?\\.ts$' },
      to: { path: '^(src|tools|e2e)/', pathNot: '^src/(api|core)/' },
    },
    {
      name: 'core-simulator-and-forecast-use-only-pure-libraries',
      comment: pure[0],
      severity: 'error',
      from: { path: '^src/(core|simulator|forecast)/', pathNot: '\\.test(ing)?\\.ts$' },
      to: {
        dependencyTypes: ['npm', 'core', 'npm-dev'],
        pathNot: '(node_modules/(yaml|croner|zod|eta)/|^(node:)?crypto$|^(node:)?util$)',
      },
    },
    {
      name: 'simulator-knows-only-core-types',
      severity: 'error',
      from: { path: '^src/simulator/', pathNot: '\\.test(ing)?\\.ts$' },
      to: {
        path: '^(src|tools|e2e)/',
        pathNot: '^src/(simulator/|core/((elasticsearch/(observed|actions)|objects|kubernetes)[.]ts$))',
      },
    },
    {
      name: 'simulator-takes-no-code-from-core',
      comment: 'shared code would have the same faults on both sides',
      severity: 'error',
      from: { path: '^src/simulator/', pathNot: '\\.test(ing)?\\.ts$' },
      to: { path: '^src/core/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'forecast-imports-only-core-and-simulator',
      comment: pure[0],
      severity: 'error',
      from: { path: '^src/forecast/', pathNot: '\\.test(ing)?\\.ts$' },
      to: { path: '^(src|tools|e2e)/', pathNot: '^src/(api|core|simulator|forecast)/' },
    },
    {
      name: 'only-the-composition-root-imports-forecast',
      comment: 'whoever needs it is given it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts$|forecast/)|/integration-helpers\\.ts$' },
      to: { path: '^src/forecast/' },
    },
    {
      name: 'kube-and-elasticsearch-and-pki-import-only-core-types',
      severity: 'error',
      from: { path: '^src/(kube|elasticsearch|pki)/', pathNot: '\\.test(ing)?\\.ts$' },
      to: { path: '^src/core/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'kube-knows-no-elasticsearch',
      severity: 'error',
      from: { path: '^src/kube/' },
      to: { path: '^src/(elasticsearch|controllers|pki|cli|simulator)/' },
    },
    {
      name: 'elasticsearch-knows-no-kube',
      severity: 'error',
      from: { path: '^src/elasticsearch/' },
      to: { path: '^src/(kube|controllers|pki|cli|simulator)/' },
    },
    {
      name: 'controllers-use-neither-simulator-nor-cli',
      severity: 'error',
      from: { path: '^src/controllers/' },
      to: { path: '^src/(simulator|cli)/' },
    },
    {
      name: 'cli-asks-only-the-api-server',
      comment: 'what the command shows, everybody can see who may see the objects: it has no other way in',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: '^src/(api|core|kube|cli)/' },
    },
    {
      name: 'nobody-imports-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'product-imports-no-tests-or-tools',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.(test|integration)\\.ts$' },
      to: { path: '^(tools|e2e)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
