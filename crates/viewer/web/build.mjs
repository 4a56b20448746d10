// Builds dist/: the script under a name with its hash, the page, and the Rust constants that embed them.
// The same sources and lock file always build the same bytes.

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const DIST = new URL('../dist/', import.meta.url);
const BUDGET_GZIPPED = 45_000;

/** Imports a style sheet as its minified text. */
const css = {
  name: 'css',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

/** Removes the indentation of templates, which would be text of the page. */
const templates = {
  name: 'templates',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replace(/\n\s+/g, '\n'), loader: 'ts' };
    });
  },
};

const { outputFiles } = await build({
  absWorkingDir: new URL('.', import.meta.url).pathname,
  entryPoints: ['src/audit_log.ts'],
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome125', 'firefox128', 'safari17.5'],
  legalComments: 'none',
  charset: 'utf8',
  write: false,
  plugins: [css, templates],
});
const script = outputFiles[0].contents;
const digest = (algorithm) => createHash(algorithm).update(script);
const name = `audit-log.${digest('sha256').digest('hex').slice(0, 16)}.js`;
const integrity = `sha384-${digest('sha384').digest('base64')}`;
const gzipped = gzipSync(script, { level: 9 }).length;
if (gzipped > BUDGET_GZIPPED) throw new Error(`${name} has ${gzipped} bytes gzipped; the limit is ${BUDGET_GZIPPED}`);

await mkdir(DIST, { recursive: true });
for (const old of await readdir(DIST)) await rm(new URL(old, DIST));
await writeFile(new URL(name, DIST), script);
const page = await readFile(new URL('page/page.html', import.meta.url), 'utf8');
const filled = page.replaceAll('{script}', `/view/${name}`).replaceAll('{integrity}', integrity);
await writeFile(new URL('page.html', DIST), filled);
for (const file of ['page.js', 'page.css'])
  await writeFile(new URL(file, DIST), await readFile(new URL(`page/${file}`, import.meta.url)));
await writeFile(
  new URL('names.rs', DIST),
  `// Written by \`npm run build\` in crates/viewer/web.

/// The viewer: one JavaScript module that defines \`<audit-log>\`.
pub const SCRIPT: &str = include_str!("${name}");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "${name}";

/// The value of a script element's \`integrity\`.
pub const INTEGRITY: &str = "${integrity}";
`,
);
console.log(`${name}: ${script.length} bytes, ${gzipped} gzipped`);
