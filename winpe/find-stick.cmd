@echo off
rem Sets PEMEDIC_STICK to the drive that holds both PEMEDIC.TAG and pemedic.exe, whatever its
rem letter is: letters change with every start of WinPE. Ends with errorlevel 1 if there is none.
set PEMEDIC_STICK=
for %%L in (C D E F G H I J K L M N O P Q R S T U V W Y Z A B) do call :look %%L
if defined PEMEDIC_STICK exit /b 0
exit /b 1

:look
if defined PEMEDIC_STICK exit /b 0
if not exist %1:\PEMEDIC.TAG exit /b 0
if not exist %1:\pemedic.exe exit /b 0
set PEMEDIC_STICK=%1:
exit /b 0
