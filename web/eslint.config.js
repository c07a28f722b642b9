import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const forbid = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: patterns.map(([regex, message]) => ({ regex, message })) }],
});
const features = ['(^@/features/|/features/)', 'Features are joined in app/ only: no layer below and no other feature may import one.'];
const app = ['(^@/app/|/app/)', 'app/ is the top layer: nothing imports it.'];

export default tseslint.config(
  { ignores: ['dist', 'src/lib/schema.d.ts'] },
  ...tseslint.configs.recommended,
  reactHooks.configs.flat.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Use lib/http.ts: session, language, idempotency and problems live there.' }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['src/lib/**'], rules: forbid(features, app, ['(^@/components/|/components/)', 'lib/ is the lowest layer.']) },
  { files: ['src/components/**'], rules: forbid(features, app) },
  { files: ['src/features/**'], rules: forbid(features, app, ['^\\.\\.', 'Inside a feature import with "./"; shared parts with "@/components" and "@/lib".']) },
  { files: ['src/lib/http.ts', '**/*.test.{ts,tsx}', 'scripts/**'], rules: { 'no-restricted-globals': 'off', 'no-console': 'off' } },
);
