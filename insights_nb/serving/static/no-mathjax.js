// Stands in for MathJax: a dashboard holds no formulas, and Voilà's page otherwise loads 600 KB to
// draw none.
Object.assign(window, {
  MathJax: {
    Ajax: {},
    Hub: { Config() {}, Configured() {}, Queue() {}, Register: { StartupHook() {} } },
  },
});
