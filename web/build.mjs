// Builds what the browser loads: one stylesheet from GOV.UK, MoJ and our own styles, and the scripts, unchanged.
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Logger, NodePackageImporter, compile } from "sass";

const out = "static/built";
rmSync(out, { recursive: true, force: true });
mkdirSync(`${out}/fonts`, { recursive: true });

const styles = compile("styles/hub.scss", {
  style: "compressed",
  loadPaths: [".", "node_modules"],
  importers: [new NodePackageImporter()],
  quietDeps: true,
  logger: Logger.silent, // MoJ Frontend uses mixins that GOV.UK Frontend has deprecated; theirs to mend
});
writeFileSync(`${out}/hub.css`, styles.css);

const fonts = "node_modules/@fontsource-variable/atkinson-hyperlegible-next/files";
for (const part of ["latin", "latin-ext"]) {
  const name = `atkinson-hyperlegible-next-${part}-wght-normal.woff2`;
  copyFileSync(`${fonts}/${name}`, `${out}/fonts/${name}`);
}

// htmx and what extends it stand in one file, in the order in which they need each other.
const parts = [
  "node_modules/htmx.org/dist/htmx.min.js",
  "node_modules/htmx-ext-sse/sse.js",
  "node_modules/idiomorph/dist/idiomorph-ext.min.js",
  "scripts/hub.js",
];
writeFileSync(`${out}/hub.js`, parts.map((part) => readFileSync(part, "utf8")).join("\n;\n"));
copyFileSync("node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js", `${out}/govuk-frontend.js`);
copyFileSync("scripts/start.js", `${out}/start.js`);
copyFileSync("scripts/components.js", `${out}/components.js`);
cpSync("images", `${out}/images`, { recursive: true });
