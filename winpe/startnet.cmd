@echo off
rem The first program of WinPE: makes devices ready, finds the stick and starts PE Medic.
rem Lies in X:\Windows\System32 together with find-stick.cmd.
wpeinit
wpeutil WaitForRemovableStorage
call "%~dp0find-stick.cmd"
if errorlevel 1 goto nostick
call %PEMEDIC_STICK%\start-pemedic.cmd
goto end

:nostick
echo.
echo No drive holds both PEMEDIC.TAG and pemedic.exe.
echo Plug the stick in, wait a few seconds, then type: startnet

:end
