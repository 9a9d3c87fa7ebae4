// What the bundler, not TypeScript, understands.
declare module '*.css';
