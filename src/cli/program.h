/* SPDX-License-Identifier: MIT */
/*
 * program.h - finds the file that the kernel executes for a command.
 */
#pragma once

/*
 * Find command as execvp(3) does, and write the file's path to ret_path
 * (PATH_MAX bytes). Returns 0, -ENOENT when there is no file, or -EACCES when
 * the file cannot be executed.
 */
int hak_program_find(const char *command, char *ret_path);

/*
 * If path names a script, replace path by the script's interpreter. If the
 * interpreter is env(1), replace path by the program that env starts. Returns 0
 * (path may be unchanged), -ENOEXEC when the file is neither a script nor ELF,
 * -ENOENT or -EACCES when an interpreter cannot be used, -ELOOP when there are
 * too many interpreters, or -errno when a file cannot be read.
 */
int hak_program_follow(char *path);
