import js from "@eslint/js";
import globals from "globals";

export default [
  // Bundled by scripts/build_vega.py.
  { ignores: ["**/vega.js"] },
  js.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: { eqeqeq: ["error", "smart"], "no-var": "error", "prefer-const": "error" },
  },
];
