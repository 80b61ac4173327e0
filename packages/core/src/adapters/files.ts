export { type FileConfigStoreOptions, fileConfigStore, fileConfigStoreDefaults } from './files/file-config-store.ts';
