// Files of the agent.
import { readFileSync } from "node:fs";

const top = new URL("../", import.meta.url);

export const text = (path) => readFileSync(new URL(path, top), "utf8");

export const json = (path) => JSON.parse(text(path));

/** One of our own packages in the version that is pinned. */
export const pinned = (name) => import(new URL(`vendor/${name}-${json("versions.json")[name]}/index.mjs`, top));
