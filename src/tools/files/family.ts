import type { AnyTool } from '../tool.js';
import { confirmEditTool } from './confirm-edit.js';
import { editTool } from './edit.js';
import { listDirTool } from './list-dir.js';
import { multieditTool } from './multiedit.js';
import { readFileTool } from './read-file.js';
import { writeFileTool } from './write-file.js';

/** Tools that read and change files of the workspace. */
export function createFileTools(): AnyTool[] {
  return [confirmEditTool, editTool, listDirTool, multieditTool, readFileTool, writeFileTool];
}
